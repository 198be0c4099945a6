import { signal } from '@preact/signals';
import type { ChangeAnswer, ChangeRequest, SessionAnswer } from '../wire.js';
import { ask, post, RefusedError } from './api.js';

/** `undefined`: not known yet. */
export const session = signal<SessionAnswer | 'login' | 'refused' | undefined>(undefined);
/** Why the session could not be had. */
export const sessionRefusal = signal('');

export async function loadSession(): Promise<void> {
  try {
    session.value = await ask<SessionAnswer>('session');
  } catch (error) {
    sessionRefusal.value = error instanceof Error ? error.message : String(error);
    session.value = isLoginNeeded(error) ? 'login' : 'refused';
  }
}

/** A session may end while its pages are open. */
export function isLoginNeeded(error: unknown): boolean {
  return error instanceof RefusedError && error.code === 'UNAUTHENTICATED';
}

export async function logIn(token: string): Promise<void> {
  await post('login', { token });
  await loadSession();
}

export async function logOut(): Promise<void> {
  await post('logout', {});
  session.value = 'login';
}

/** A change, with the token that it must carry. That of a server which was started anew is fetched once. */
export async function change(request: ChangeRequest): Promise<ChangeAnswer> {
  try {
    return await sendChange(request);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== 'CSRF_REFUSED') throw error;
    await loadSession();
    return sendChange(request);
  }
}

function sendChange(request: ChangeRequest): Promise<ChangeAnswer> {
  const { value } = session;
  const csrf = typeof value === 'object' ? value.csrf : '';
  return post<ChangeAnswer>('change', request, { 'x-tusker-csrf': csrf });
}
