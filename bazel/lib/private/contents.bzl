"""What of a target's runfiles goes where in an output."""

def first_party(target, packages, runtime):
    """The files that a target needs at run time, but for those of packages and of Python itself.

    Args:
      target: Target.
      packages: list of the structs of OfiucoInfo.
      runtime: PyRuntimeInfo of the configuration; None when there is none.

    Returns:
      list of File, each once.
    """
    passed_over = {package.site: True for package in packages}
    if runtime and runtime.files:
        passed_over.update({file: True for file in runtime.files.to_list()})
    if runtime and runtime.interpreter:
        passed_over[runtime.interpreter] = True
    executable = target[DefaultInfo].files_to_run.executable
    if executable:
        passed_over[executable] = True  # It starts Python from Bazel's own folders.
    files = depset(transitive = [target[DefaultInfo].files, target[DefaultInfo].default_runfiles.files])
    return [file for file in files.to_list() if file not in passed_over]
