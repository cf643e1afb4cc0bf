//! Journeys: stories of people using Firebell, told with the real programs. One file a story.

mod architecture;
mod stage;
