"""What can be reached in a graph, without the recursion that Starlark does not have."""

def reachable(edges, start):
    """What can be reached along edges.

    Args:
      edges: dict of a node to the list of nodes it leads to.
      start: a node.

    Returns:
      list of nodes, start first, each once, breadth first.
    """
    found = {start: True}
    pending = [start]
    for _ in range(len(edges) + 1):
        nearest = []
        for node in pending:
            for other in edges.get(node, []):
                if other not in found:
                    found[other] = True
                    nearest.append(other)
        pending = nearest
    return list(found)
