//! Association of two categorical variables.
