import { expect, test } from 'vitest';
import { Chromium } from './browser.js';
import { Serving } from './serving.js';

const serving = new Serving();
const chromium = new Chromium();

const MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
const TURNED = 'invoice\u202efdp.exe';
const CONTROLS = 'a\u0000b\u001b[31mc\u200bd\ne\u0085f';

test('names, errors and payloads full of markup are shown as text, everywhere', async () => {
  const tusker = await serving.store('memory');
  await tusker.lock(MARKUP, `unit ${MARKUP}`, { holder: `holder ${MARKUP}` });
  await tusker.close(MARKUP, { info: { html: MARKUP } });
  await tusker.open('cancelled');
  await tusker.cancel('cancelled', `reason ${MARKUP}`);
  await tusker.close('attempted', { attempts: 2, backoff: 0 });
  await (await tusker.fetchReleased({ worker: `worker ${MARKUP}`, timeout: 20_000 }))?.fail(
    new Error(`error ${MARKUP}`),
  );
  const url = await serving.serve({ tusker, readOnly: false });
  await using watched = await chromium.page(url);
  const { page } = watched;
  const nothingInjected = async () => {
    expect(await page.locator('main img, main script, dialog img, dialog script').count()).toBe(0);
  };
  await page.getByRole('link', { name: MARKUP }).first().waitFor();
  await page.getByText(`unit ${MARKUP} held by holder ${MARKUP}`).first().waitFor();
  await nothingInjected();
  await page.goto(`${url}tasks`);
  await page.getByRole('link', { name: MARKUP }).click();
  await page.getByRole('heading', { level: 1 }).getByText(MARKUP).waitFor();
  await page.getByRole('region', { name: 'Info' }).getByText('<script>alert(2)</script>').waitFor();
  await page.getByText('All units as a table').click();
  await page.getByRole('cell', { name: `unit ${MARKUP}` }).waitFor();
  await page.getByRole('button', { name: 'Cancel…' }).click();
  await page.getByRole('dialog').getByText(MARKUP).waitFor();
  await nothingInjected();
  expect(await page.title()).toContain(MARKUP);
  await page.goto(`${url}task?task=cancelled`);
  await page.getByText(`“reason ${MARKUP}”`).waitFor();
  await page.goto(`${url}task?task=attempted`);
  await page.getByText(`error ${MARKUP}`, { exact: true }).waitFor();
  await page.getByText(`by worker ${MARKUP}`).waitFor();
  await page.goto(`${url}tasks?q=${encodeURIComponent(MARKUP)}`);
  await page.getByRole('link', { name: MARKUP }).waitFor();
  await nothingInjected();
});

test('control characters and those that turn text around are shown as what they are', async () => {
  const tusker = await serving.store('memory');
  await tusker.open(TURNED);
  await tusker.open(CONTROLS);
  await using watched = await chromium.page(`${await serving.serve({ tusker })}tasks`);
  const { page } = watched;
  await page.getByRole('link', { name: 'invoice\\u{202e}fdp.exe' }).waitFor();
  await page.getByRole('link', { name: 'a\\0b\\u{1b}[31mc\\u{200b}d\\ne\\u{85}f' }).click();
  await page.getByText(/^Open since/).waitFor();
  const text = await page.evaluate<string>(
    'document.documentElement.innerText + document.title + document.body.outerHTML',
  );
  const odd = [...text].filter((character) => /[\p{Cc}\p{Bidi_Control}\u200b]/u.test(character));
  expect(odd.filter((character) => character !== '\n' && character !== '\t')).toEqual([]);
});

test('an address made by somebody else runs nothing', async () => {
  const tusker = await serving.store('memory');
  const url = await serving.serve({ tusker });
  for (const path of [
    `task?task=${encodeURIComponent(MARKUP)}`,
    `tasks?q=${encodeURIComponent(MARKUP)}&state=${encodeURIComponent(MARKUP)}`,
    `?namespace=${encodeURIComponent(MARKUP)}`,
    `#token=${encodeURIComponent(MARKUP)}`,
    'tasks?state=__proto__&__proto__=x',
    'task',
  ]) {
    await using watched = await chromium.page(url + path);
    await watched.page.getByRole('main').waitFor();
    await watched.page.waitForLoadState('load');
    expect(await watched.page.locator('main img, main script').count()).toBe(0);
  }
});

test('the policy holds in the browser: a script or style that got into the page does not run', async () => {
  const tusker = await serving.store('memory');
  const watched = await chromium.page(await serving.serve({ tusker }));
  const { page } = watched;
  await page.getByText('Nothing needs attention.').waitFor();
  const ran = await page.evaluate<unknown>(`(() => {
    const tried = (what) => { try { what(); return 'done'; } catch { return 'refused'; } };
    const button = document.createElement('button');
    document.body.append(button);
    const markup = tried(() => { button.innerHTML = '<img src=x onerror="window.ran = true">'; });
    const attribute = tried(() => { button.setAttribute('onclick', 'window.ran = true'); });
    button.click();
    const style = document.createElement('style');
    style.append('body { color: rgb(1, 2, 3) }');
    document.head.append(style);
    return { ran: window.ran, markup, attribute, colour: getComputedStyle(document.body).color === 'rgb(1, 2, 3)' };
  })()`);
  expect(ran).toEqual({ ran: undefined, markup: 'refused', attribute: 'refused', colour: false });
  await page.context().close();
});

test('no other page can put it in a frame', async () => {
  const tusker = await serving.store('memory');
  const url = await serving.serve({ tusker });
  const watched = await chromium.page(url);
  const { page } = watched;
  await page.getByText('Nothing needs attention.').waitFor();
  await page.goto('about:blank');
  await page.evaluate(`document.body.innerHTML = '<iframe src="${url}"></iframe>'`);
  await page.waitForTimeout(500);
  const [, frame] = page.frames();
  expect(await frame?.locator('main').count()).toBe(0);
  await page.context().close();
});
