#include "outputs/sums.h"

double sum(const double *values, long count) {
  double total = 0;
  for (long i = 0; i < count; i++) total += values[i];
  return total;
}
