//! What crosses a wire: the sync messages between desktop and server, the bodies of the REST routes, and what the
//! window is told. Shapes only; the rules stand in `domain`.

pub mod rest;
pub mod sync;
pub mod window;
