/**
 * A feed reads one address again and again while somebody looks, keeps the last good answer when reading fails, and
 * rests while the tab is hidden. Feeds with the same address are one feed.
 */

import { address, read } from "./api.js";

const SLOWEST_MILLISECONDS = 10_000;
const KEPT_FEEDS = 80;

class Feed {
  #url;
  #interval;
  #listeners = new Set();
  #timer = 0;
  #reading = false;
  #failures = 0;

  constructor(url, interval) {
    this.#url = url;
    this.#interval = interval;
    this.state = { data: null, failure: null, receivedAt: null };
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#turn();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearTimeout(this.#timer);
      }
    };
  }

  get watched() {
    return this.#listeners.size > 0;
  }

  /** Reads now rather than at the next turn. */
  refresh() {
    this.#failures = 0;
    this.#turn();
  }

  async #turn() {
    clearTimeout(this.#timer);
    if (this.#reading || !this.watched || document.hidden) {
      return;
    }
    this.#reading = true;
    try {
      const data = await read(this.#url);
      this.#failures = 0;
      this.state = { data, failure: null, receivedAt: Date.now() };
      connection.answered();
    } catch (failure) {
      this.#failures += 1;
      this.state = { ...this.state, failure };
      connection.failed(failure);
    }
    this.#reading = false;
    for (const listener of [...this.#listeners]) {
      listener(this.state);
    }
    if (this.watched) {
      const wait = Math.min(this.#interval * Math.max(1, this.#failures), Math.max(this.#interval, SLOWEST_MILLISECONDS));
      this.#timer = setTimeout(() => this.#turn(), wait);
    }
  }
}

/** What all feeds together say about the control plane. */
class Connection {
  #listeners = new Set();
  state = { goneSince: null, unauthorized: false, lastAnswer: null, reason: "" };

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answered() {
    this.#become({ goneSince: null, unauthorized: false, lastAnswer: Date.now(), reason: "" });
  }

  failed(failure) {
    if (failure.gone) {
      this.#become({ ...this.state, goneSince: this.state.goneSince ?? Date.now(), reason: failure.message });
    } else if (failure.unauthorized) {
      this.#become({ ...this.state, goneSince: null, unauthorized: true, reason: failure.message });
    }
  }

  #become(state) {
    this.state = state;
    for (const listener of [...this.#listeners]) {
      listener(state);
    }
  }
}

export const connection = new Connection();

const feeds = new Map();

/** The feed of one call; `interval` in milliseconds counts from one answer to the next question. */
export function feed(path, parameters = {}, interval = 3000) {
  const url = address(path, parameters);
  let found = feeds.get(url);
  if (found === undefined) {
    found = new Feed(url, interval);
    feeds.set(url, found);
    for (const [key, old] of feeds) {
      if (feeds.size <= KEPT_FEEDS) {
        break;
      }
      if (!old.watched && old !== found) {
        feeds.delete(key);
      }
    }
  }
  return found;
}

export function refreshAll() {
  for (const each of feeds.values()) {
    each.refresh();
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    refreshAll();
  }
});
