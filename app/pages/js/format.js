// Numbers, money, times and names as people read them. Pure: no page, no network.

const whole = new Intl.NumberFormat('en-US');
const UNITS = [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'k']];

export function exact(number) {
  return whole.format(number ?? 0);
}

function threeDigits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** 950, 1,234, 45.6k, 7.89M */
export function count(number) {
  const value = Number(number ?? 0);
  const size = Math.abs(value);
  // What rounds up to a thousand of a unit is one of the next.
  const unit = UNITS.find(([least]) => size >= least * 0.9995);
  if (size < 1e4) return Number.isInteger(value) || size >= 1000 ? whole.format(Math.round(value)) : threeDigits(value);
  return `${value < 0 ? '-' : ''}${threeDigits(size / unit[0])}${unit[1]}`;
}

/** $0, $0.0042, $12.35, $1,235, $1.23M */
export function money(usd) {
  const value = Number(usd ?? 0);
  const size = Math.abs(value);
  const sign = value < 0 ? '-' : '';
  if (size === 0) return '$0.00';
  if (size < 0.000001) return `${sign}<$0.000001`;
  if (size < 0.01) return `${sign}$${size.toFixed(size < 0.0001 ? 6 : 4)}`;
  if (size < 1000) return `${sign}$${size.toFixed(2)}`;
  if (size < 1e6) return `${sign}$${whole.format(Math.round(size))}`;
  return `${sign}$${count(size)}`;
}

function places(step) {
  for (let n = 0; n < 6; n++) if (Math.abs(step * 10 ** n - Math.round(step * 10 ** n)) < 1e-6) return n;
  return 6;
}

/** A mark on an axis of dollars whose marks are so far apart. */
export function moneyTick(value, step) {
  return value >= 1e4 ? `$${countTick(value)}` : `$${value.toFixed(value === 0 ? 0 : Math.max(step < 1 ? 2 : 0, places(step)))}`;
}

/** The same of things, of which there are no parts. */
export function countTick(value) {
  if (!Number.isInteger(value)) return '';
  return count(value).replace(/(\.\d*?)0+(\D*)$/, '$1$2').replace(/\.(\D*)$/, '$1');
}

/** As the proxy keeps it: six places. */
export function exactMoney(usd) {
  const [units, places = ''] = String(usd ?? 0).split('.');
  return `$${whole.format(BigInt(units))}.${places.padEnd(6, '0')}`;
}

/** With all its places, but at least two. */
export function price(usd) {
  return exactMoney(usd).replace(/0{1,4}$/, '');
}

export function percent(part, of) {
  if (!of) return '–';
  return percentage((100 * part) / of);
}

export function percentage(value) {
  if (value === null || value === undefined) return '–';
  const number = Number(value);
  return `${number > 0 && number < 10 ? number.toFixed(1) : number.toFixed(0)} %`;
}

export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined || milliseconds < 0) return '–';
  if (milliseconds < 1) return '<1 ms';
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return span(milliseconds / 1000);
}

/** 45 s, 12 min, 3 h 20 min, 4 days */
export function span(seconds) {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) {
    const minutes = Math.floor((s % 3600) / 60);
    return `${Math.floor(s / 3600)} h${minutes ? ` ${minutes} min` : ''}`;
  }
  const days = Math.floor(s / 86_400);
  return `${days} day${days === 1 ? '' : 's'}`;
}

/** "just now", "5 min ago", "in 3 h", "Nov 3", "Nov 3, 2024" */
export function relative(time, now = Date.now()) {
  const at = new Date(time);
  const seconds = (now - at.getTime()) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return 'just now';
  if (size < 7 * 86_400) {
    const text = size < 86_400 ? span(size).replace(/ \d+ min$/, (rest) => (size < 3600 ? rest : '')) : span(size);
    return seconds > 0 ? `${text} ago` : `in ${text}`;
  }
  const options = { month: 'short', day: 'numeric' };
  if (at.getFullYear() !== new Date(now).getFullYear()) options.year = 'numeric';
  return at.toLocaleDateString('en-US', options);
}

/** In the zone of the reports, or in the browser's. */
export function absolute(time, zone) {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      dateStyle: 'medium',
      timeStyle: 'long',
      timeZone: zone,
    }).format(new Date(time));
  } catch {
    return String(time);
  }
}

export function day(time, zone) {
  const options = { day: 'numeric', month: 'short', year: 'numeric', timeZone: zone };
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(time));
}

export function minute(time, zone) {
  const options = {
    day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone,
  };
  return new Intl.DateTimeFormat('en-GB', options).format(new Date(time));
}

const PREFIX = /^(?:arn:.*\/)?(?:(?:us-gov|us|eu|apac|au|jp|ca|sa|global)\.)?(?:anthropic\.)?/;

/**
 * "us.anthropic.claude-sonnet-4-5-20250929-v1:0" is "Claude Sonnet 4.5", and so
 * is every later model: the words and the numbers of the id, nothing else.
 */
export function modelName(id) {
  if (!id) return '–';
  const isLarge = /\[1m\]$/i.test(id);
  const parts = id
    .replace(/\[1m\]$/i, '')
    .replace(PREFIX, '')
    .replace(/[-@]v\d+(?::\d+)?$/, '')
    .replace(/[-@](?:\d{8}|latest)$/, '')
    .split('-');
  if (parts[0] !== 'claude' || parts.length < 2) return id;
  const numbers = parts.slice(1).filter((part) => /^\d+(?:\.\d+)*$/.test(part));
  const words = parts.slice(1).filter((part) => !/^\d+(?:\.\d+)*$/.test(part));
  const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
  const name = ['Claude', ...words.map(capital), numbers.join('.')].filter(Boolean).join(' ');
  return isLarge ? `${name} (1M)` : name;
}

export function initials(name) {
  const words = name.trim().split(/\s+/);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 2)).toUpperCase();
}

/** "usage_limit" is "usage limit" */
export function words(text) {
  return (text ?? '').replaceAll('_', ' ').replaceAll('-', ' ');
}
