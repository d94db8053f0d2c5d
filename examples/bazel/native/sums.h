double sums_add(double a, double b);
