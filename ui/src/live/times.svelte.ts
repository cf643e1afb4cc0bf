import { getContext, setContext } from 'svelte';
import { moment, ms } from '../parts/time/time';
import { clock } from './clock.svelte';
import { draft, keepDraft } from './drafts';
import { live } from './live.svelte';

/** In which zone times are said: the person's, until a room says UTC. */
class Times {
  get inUtc(): boolean {
    return false;
  }
  get zone(): string {
    return this.inUtc ? 'UTC' : live.zone;
  }
  /** `02:13`, and in UTC `02:13Z`, as ISO 8601 marks it. */
  readonly moment = (instant: string): string => this.mark(moment(ms(instant), clock.quarter, this.zone));
  mark(said: string): string {
    return this.inUtc ? `${said}Z` : said;
  }
}

const UTC = 'timeline:utc';
const ROOM = Symbol('times of a room');

/** The times of a room, all of them alike; in which zone is kept for the next room. */
export class RoomTimes extends Times {
  #utc = $state(draft(UTC) !== '');
  override get inUtc(): boolean {
    return this.#utc;
  }
  toggle(): void {
    this.#utc = !this.#utc;
    keepDraft(UTC, this.#utc ? 'utc' : '');
  }
}

const everywhere = new Times();
/** Those of the room that this is in; else those of the person. To be called while a component is made. */
export const useTimes = (): Times => getContext<Times | undefined>(ROOM) ?? everywhere;
/** What is inside says its times as this does. */
export const beginRoomTimes = (): RoomTimes => setContext(ROOM, new RoomTimes());
/** The room's, to change them. */
export const useRoomTimes = (): RoomTimes => getContext<RoomTimes>(ROOM);
