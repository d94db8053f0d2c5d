"""Prepares the namespaces that a build runs in, and becomes the program that runs it.

usage: python -I -S enter.py PLAN

It is started as the root user of new namespaces of Linux. PLAN is a JSON file:

    root      an empty folder, that the root of the file system is made in; "" to leave that as it is
    binds     [[folder, where it is seen], ...]; nothing of the host's may be there
    loopback  whether there is a network namespace, whose loopback device is to be started
    dir       the folder to start in, as it is seen
    program   the program and its arguments
    refusal   the file to write the reason to when the host forbids this
"""
import json
import os
import sys

MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def mount(source, target, kind, flags):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    if libc.mount(*arguments, ctypes.c_ulong(flags), None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def enter(plan):
    """Makes a root that has all that the host's has, and the binds, and goes there."""
    root = plan["root"]
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", 0)
    for entry in os.scandir("/"):
        target = os.path.join(root, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            os.mkdir(target)
            mount(entry.path, target, None, MS_BIND | MS_REC)
    for folder, seen in plan["binds"]:
        target = root + seen
        os.makedirs(target)
        mount(folder, target, None, MS_BIND | MS_REC)
    os.chroot(root)


def start_loopback():
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16xh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[0]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    try:
        if plan["loopback"]:
            start_loopback()
        if plan["root"]:
            enter(plan)
        os.chdir(plan["dir"])
    except (ImportError, OSError) as error:
        with open(plan["refusal"], "w", encoding="utf-8") as file:
            file.write("%s: %s\n" % (type(error).__name__, error))
        sys.exit(1)
    os.execv(plan["program"][0], plan["program"])


main()
