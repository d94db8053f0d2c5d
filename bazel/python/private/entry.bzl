"""The entry of a package whose rule was written by hand, as `ofiuco bazel buildfile` writes it for others."""

def entry_of(constraint, files, source_urls, extra_index_urls):
    """The entry: what the lock says of the package, for the actions.

    Args:
      constraint: name and version, such as "anyio==4.4.0".
      files: dict of file name to its hash, such as "sha256:c1b2…".
      source_urls: where the files are, when no index has them.
      extra_index_urls: the index that has the files, when it is not the default one.

    Returns:
      dict.
    """
    name, _, version = constraint.partition("==")
    artifacts = []
    for filename, digest in files.items():
        algorithm, _, value = digest.partition(":")
        artifacts.append({"filename": filename, "hashes": {algorithm: value}})
    entry = {"name": name, "version": version, "artifacts": artifacts}
    if source_urls:
        entry["source"] = {"kind": "url", "url": source_urls[0]}
    elif extra_index_urls:
        entry["source"] = {"kind": "index", "url": extra_index_urls[0]}
    return entry
