"""OCI image layouts, by the files that a target gives."""

def layout_folder(ctx, attribute, path):
    """The folder of an OCI image layout.

    Args:
      ctx: context of a rule.
      attribute: name of its attribute: a target with one folder, as py_image and oci_image have it, or with the files of a layout.
      path: "path" or "short_path", of which the folder's path is made.

    Returns:
      string.
    """
    files = getattr(ctx.files, attribute)
    if len(files) == 1:
        return getattr(files[0], path)
    for file in files:
        if file.basename == "oci-layout":
            return getattr(file, path)[:-len("/oci-layout")]
    fail("%s: %s = %s has %d files and no oci-layout among them: name a target that is an OCI image layout" % (
        ctx.label,
        attribute,
        ", ".join([str(target.label) for target in _listed(getattr(ctx.attr, attribute))]),
        len(files),
    ))

def _listed(attribute):
    return attribute if type(attribute) == "list" else [attribute]
