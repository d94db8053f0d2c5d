import ctypes
import pathlib

import numpy

HERE = pathlib.Path(__file__).parent


def main():
    library = ctypes.CDLL(str(HERE / "fastsums.so"))
    library.fastsum.restype = ctypes.c_double
    values = numpy.arange(4, dtype=float)
    total = library.fastsum(values.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(values)))
    print(total, (HERE / "a=b.txt").read_text().strip())


if __name__ == "__main__":
    main()
