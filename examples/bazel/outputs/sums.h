double sum(const double *values, long count);
