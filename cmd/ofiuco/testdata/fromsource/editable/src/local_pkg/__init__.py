WHERE = "in the tree"
