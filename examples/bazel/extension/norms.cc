// The Euclidean norm of an array, through the C interfaces of Python and numpy.

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#include <cmath>

static PyObject *norm(PyObject *, PyObject *argument) {
  PyObject *array = PyArray_FROM_OTF(argument, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
  if (array == nullptr) {
    return nullptr;
  }
  const double *values = static_cast<const double *>(PyArray_DATA(reinterpret_cast<PyArrayObject *>(array)));
  double squares = 0;
  for (npy_intp i = 0; i < PyArray_SIZE(reinterpret_cast<PyArrayObject *>(array)); i++) {
    squares += values[i] * values[i];
  }
  Py_DECREF(array);
  return PyFloat_FromDouble(std::sqrt(squares));
}

static PyMethodDef methods[] = {
    {"norm", norm, METH_O, "The Euclidean norm of an array."},
    {nullptr, nullptr, 0, nullptr},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "norms", nullptr, -1, methods};

PyMODINIT_FUNC PyInit_norms() {
  import_array();
  return PyModule_Create(&module);
}
