//! Journeys: stories of people using Firebell, told with the real programs. One file a story.

mod alertmanager_rings_and_agrees;
mod architecture;
mod attachments;
mod desktop_dies;
mod incident_led;
mod incident_rings;
mod incident_room;
mod nobody_answers;
mod notification_daemon_restarts;
mod offline;
mod other_ways_to_acknowledge;
mod papers;
mod phone;
mod postmortem_written;
mod restore;
mod server_dies;
mod stage;
mod storm;
mod the_tour;
mod two_computers_agree;
mod unreachable;
