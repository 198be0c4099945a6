import { html } from 'htm/preact';
import { now } from './clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration as people say it, with as many digits as matter. */
export function span(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 1) return '0 ms';
  if (value < 1000) return `${Math.round(value)} ms`;
  if (value < 9950) return `${(value / 1000).toFixed(1)} s`;
  return wholeSpan(value);
}

/** The same for what ticks: no smaller unit than a second. */
export function wholeSpan(ms: number): string {
  const value = Math.max(0, ms);
  if (value < 2 * MINUTE) return `${Math.round(value / 1000)} s`;
  if (value < 2 * HOUR) return `${Math.round(value / MINUTE)} min`;
  if (value < 2 * DAY) return `${Math.round(value / HOUR)} h`;
  return `${Math.round(value / DAY)} d`;
}

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const MINUTES = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

export function dateTime(at: number): string {
  return DATE_TIME.format(at);
}
export function timeOfDay(at: number): string {
  return TIME.format(at);
}
export function minuteOfDay(at: number): string {
  return MINUTES.format(at);
}

/** A moment behind us: "4 min ago", the moment itself on hover. */
export function Ago({ at, bare = false }: { readonly at: number; readonly bare?: boolean }) {
  const passed = now.value - at;
  const text = passed < 1500 ? 'just now' : `${wholeSpan(passed)}${bare ? '' : ' ago'}`;
  return html`<time datetime=${new Date(at).toISOString()} title=${dateTime(at)}>${text}</time>`;
}

/** A moment to come: "12 s left". */
export function Left({ until }: { readonly until: number }) {
  const left = until - now.value;
  const text = left < 0 ? `overdue by ${wholeSpan(-left)}` : `${wholeSpan(left)} left`;
  return html`<time datetime=${new Date(until).toISOString()} title=${dateTime(until)}>${text}</time>`;
}
