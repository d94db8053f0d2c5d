#include "native/sums.h"

double sums_add(double a, double b) { return a + b; }
