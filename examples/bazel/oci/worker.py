import sys

from oci import work

if __name__ == "__main__":
    print(work.total(sys.argv[1] if len(sys.argv) > 1 else '{"values": [1, 2, 3]}'))
