"""A member of the workspace."""

import jinja2


def greet(name):
    return jinja2.Template("Hello, {{ name }}!").render(name=name)
