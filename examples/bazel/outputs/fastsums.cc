#include "outputs/sums.h"

extern "C" double fastsum(const double *values, long count) { return sum(values, count); }
