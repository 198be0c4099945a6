/** Maps figures to 0–1: from zero, or by powers of ten. `ticks` are round figures within. */
export function linearScale(largest) {
  const step = niceStep(largest / 4);
  const end = Math.ceil(largest / step) * step;
  return {
    at: (value) => value / end,
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step),
  };
}

export function logScale(smallest, largest) {
  const from = Math.floor(Math.log10(smallest));
  const to = Math.max(from + 1, Math.ceil(Math.log10(largest)));
  return {
    at: (value) => (Math.log10(value) - from) / (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)),
  };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

/** 1500 → 1.5 k, 2 000 000 → 2 M. */
export function short(number) {
  if (number >= 1e6) return `${Number((number / 1e6).toPrecision(3))} M`;
  if (number >= 1e4) return `${Number((number / 1e3).toPrecision(3))} k`;
  return String(Number(number.toPrecision(3)));
}
