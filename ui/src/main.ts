import '@fontsource-variable/inter';
import '@fontsource/jetbrains-mono';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { connect } from './host';
import { listenToKeys } from './keys/listen';
import { clock } from './live/clock.svelte';
import { library } from './live/library.svelte';
import { live } from './live/live.svelte';
import { livePlaybook } from './live/playbook.svelte';

clock.start();
listenToKeys();
void connect().then((host) => {
  void live.start(host);
  library.start();
  livePlaybook.start();
});

const target = document.getElementById('app');
if (target) mount(App, { target });
