//! Pages of views.
