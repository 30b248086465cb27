//! ROC curve and the area under it.
