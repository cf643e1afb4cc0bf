//! A night in the life of a library.
