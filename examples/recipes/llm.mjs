// Stands for a paid LLM: each call is written down when it begins and when it is answered.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { CALLS = 'calls.txt', TAKES = '200' } = process.env;

export async function llm(prompt, { signal }) {
  appendFileSync(CALLS, `begin ${prompt}\n`);
  await sleep(Number(TAKES), undefined, { signal });
  appendFileSync(CALLS, `end ${prompt}\n`);
  return prompt.toUpperCase();
}
