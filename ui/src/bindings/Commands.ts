// This file is generated from the command table of the core. Do not edit it.
import type { ChannelId } from "./ChannelId";
import type { ChannelView } from "./ChannelView";
import type { DeviceId } from "./DeviceId";
import type { DeviceView } from "./DeviceView";
import type { Diagnosis } from "./Diagnosis";
import type { NewChannel } from "./NewChannel";
import type { NewSilence } from "./NewSilence";
import type { PageDetail } from "./PageDetail";
import type { PageId } from "./PageId";
import type { PageRequest } from "./PageRequest";
import type { PageRow } from "./PageRow";
import type { Settings } from "./Settings";
import type { SilenceId } from "./SilenceId";
import type { SilenceView } from "./SilenceView";
import type { WindowState } from "./WindowState";

/** Every command of the core: its arguments and its result. */
export type Commands = {
  state: { args: Record<string, never>; result: WindowState };
  page: { args: { page: PageId }; result: PageDetail };
  pages_ended: { args: Record<string, never>; result: Array<PageRow> };
  enrol: { args: { link: string, device_name: string }; result: null };
  sign_out: { args: Record<string, never>; result: null };
  ask: { args: { page: PageId, request: PageRequest }; result: number };
  question_repeat: { args: { counter: number }; result: number };
  question_dismiss: { args: { counter: number }; result: null };
  settings_set: { args: { settings: Settings }; result: null };
  sounds: { args: Record<string, never>; result: Array<string> };
  sound_preview: { args: { settings: Settings }; result: null };
  test_page: { args: Record<string, never>; result: null };
  diagnostics: { args: Record<string, never>; result: Array<Diagnosis> };
  channels: { args: Record<string, never>; result: Array<ChannelView> };
  channel_add: { args: { channel: NewChannel }; result: ChannelView };
  channel_remove: { args: { id: ChannelId }; result: null };
  channel_test: { args: { id: ChannelId }; result: null };
  devices: { args: Record<string, never>; result: Array<DeviceView> };
  device_revoke: { args: { id: DeviceId }; result: null };
  silences: { args: Record<string, never>; result: Array<SilenceView> };
  silence_add: { args: { silence: NewSilence }; result: SilenceView };
  silence_end: { args: { id: SilenceId }; result: null };
  alarm_quiet: { args: Record<string, never>; result: null };
  seen: { args: { page: PageId }; result: null };
  open_link: { args: { url: string }; result: null };
  retry: { args: Record<string, never>; result: null };
};
