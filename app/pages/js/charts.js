// Charts over time, drawn by uPlot.
import { uPlot } from '../vendor/uPlot.min.js';
import { append, h, replace } from './dom.js';
import { iconButton, openDialog, segments, swatch, table } from './widgets.js';

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

/** A custom property as a colour that a canvas takes. */
function colorOf(name) {
  const probe = h('span', { style: { color: `var(--${name})` }, hidden: true });
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

function cumulative(values) {
  let so_far = 0;
  return values.map((value) => (so_far += value));
}

/** Each series upon those before it, as stacked bars are drawn: the highest first. */
function stack(series) {
  const sums = new Array(series[0]?.length ?? 0).fill(0);
  return series.map((values) => values.map((value, i) => (sums[i] += value)));
}

function axisOf(format, size) {
  return {
    stroke: colorOf('muted'), font: FONT, size, gap: 6,
    grid: { stroke: colorOf('line'), width: 1 }, ticks: { show: false },
    values: format && ((_, values, axis, space, step) => values.map((value) => format(value, step))),
  };
}

/** Labels of buckets: hours within days, else days; in the zone of the reports. */
function timeLabels(zone, bucket) {
  const fine = bucket === 'minute' || bucket === 'hour';
  const options = fine ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { month: 'short', day: 'numeric' };
  const format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
  return (_, values) => values.map((value) => format.format(new Date(value * 1000)));
}

function bucketLabel(zone, bucket) {
  const options = { month: 'short', day: 'numeric', timeZone: zone };
  if (bucket === 'minute' || bucket === 'hour') Object.assign(options, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  else Object.assign(options, { weekday: 'short' });
  const format = new Intl.DateTimeFormat('en-GB', options);
  return (seconds) => format.format(new Date(seconds * 1000));
}

function legendOf(chart, index) {
  return chart.series.map((one) => {
    const values = one.shown;
    const value = index === null
      ? (chart.isCumulative ? values.at(-1) ?? 0 : values.reduce((a, b) => a + b, 0))
      : values[index];
    return h('li', {}, swatch(`var(--${one.color})`), one.label, h('b', {}, chart.format(value)));
  });
}

function optionsOf(chart, width, height, onmove) {
  const bars = uPlot.paths.bars({ size: [0.72, 48], radius: chart.series.length > 1 ? 0 : 0.15 });
  const isLine = chart.kind === 'line' || chart.isCumulative;
  return {
    width, height,
    padding: [10, isLine ? 26 : 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: isLine && chart.kind === 'line' }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_, min, max) => (isLine ? [min, max] : [min - chart.step / 2, max + chart.step / 2]) },
      y: { range: (_, min, max) => [0, max > 0 ? max * 1.06 : 1] },
    },
    axes: [
      { ...axisOf(null, 28), values: timeLabels(chart.zone, chart.bucket), grid: { show: false }, space: 64, incrs: chart.bucket === 'minute' ? undefined : chart.bucket === 'hour' ? [3600, 7200, 10800, 21600, 43200, 86400] : [86400, 172800, 345600, 604800, 1209600, 2419200] },
      { ...axisOf(chart.tick, 58), space: 36 },
    ],
    series: [{}, ...[...chart.series].reverse().map((one) => ({
      label: one.label,
      stroke: colorOf(one.color),
      fill: chart.kind === 'line' ? undefined : colorOf(one.color),
      width: chart.kind === 'line' ? 2 : isLine ? 1 : 0,
      paths: isLine ? undefined : bars,
      points: { show: isLine && chart.times.length < 3, size: 6 },
    }))],
    hooks: { setCursor: [(plot) => onmove(plot.cursor.idx ?? null)] },
  };
}

function dataOf(chart) {
  for (const one of chart.series) one.shown = chart.isCumulative ? cumulative(one.values) : one.values;
  const drawn = chart.series.map((one) => one.shown);
  const columns = chart.kind === 'line' ? drawn : stack(drawn);
  return [chart.times, ...columns.reverse()];
}

function describe(chart) {
  const sums = chart.series.map((one) => `${one.label} ${chart.format(one.values.reduce((a, b) => a + b, 0))}`);
  return `${chart.title}. ${sums.join(', ')}.`;
}

/** Draws into an element, again when its size or the theme changes, until it is gone. */
function draw(place, chart, signal, height) {
  const plot = h('div', { class: 'plot', role: 'img', 'aria-label': describe(chart) });
  const legend = h('ul', { class: 'legend' });
  const when = h('li', { class: 'when' });
  const label = bucketLabel(chart.zone, chart.bucket);
  let drawn;

  function onmove(index) {
    when.textContent = index === null ? 'Total' : label(chart.times[index]);
    replace(legend, when, legendOf(chart, index));
  }
  function redraw() {
    drawn?.destroy();
    drawn = undefined;
    if (!plot.isConnected || plot.clientWidth === 0) return;
    const data = dataOf(chart);
    drawn = new uPlot(optionsOf(chart, plot.clientWidth, height, onmove), data, plot);
    onmove(null);
  }
  const observer = new ResizeObserver(() => {
    if (!drawn) redraw();
    else if (plot.clientWidth > 0 && plot.clientWidth !== drawn.width) drawn.setSize({ width: plot.clientWidth, height });
  });
  dataOf(chart);
  replace(place, plot, legend);
  onmove(null);
  observer.observe(plot);
  addEventListener('themechange', redraw, { signal });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw, { signal });
  signal.addEventListener('abort', () => {
    observer.disconnect();
    drawn?.destroy();
  });
  return redraw;
}

function numbersOf(chart) {
  const label = bucketLabel(chart.zone, chart.bucket);
  const rows = chart.times.map((time, i) => ({ time, i })).filter(({ i }) => chart.series.some((one) => one.values[i]));
  const columns = [
    ['Time', ({ time }) => label(time)],
    ...chart.series.map((one) => [one.label, ({ i }) => h('span', { title: chart.exact(one.values[i]) }, chart.format(one.values[i])), { num: true }]),
  ];
  return rows.length ? table(`${chart.title}, as numbers`, columns, rows) : null;
}

function expand(chart, signal) {
  const large = h('div', { class: 'chart large' });
  const over = new AbortController();
  const dialog = openDialog(chart.title, [large, numbersOf(chart)], { kind: 'large' });
  signal.addEventListener('abort', () => over.abort(), { signal: over.signal });
  dialog.addEventListener('close', () => over.abort());
  draw(large, { ...chart }, over.signal, 340);
}

/**
 * A panel with one chart. chart: title, times (seconds), bucket, zone, step
 * (seconds), series [{label, color, values}], format, exact, tick, kind ('bars'
 * or 'line'), canSum: whether it may be shown cumulatively.
 */
export function chartPanel(chart, signal) {
  const place = h('div', { class: 'chart' });
  const body = h('div', { class: 'body' }, place);
  const isEmpty = chart.series.every((one) => one.values.every((value) => !value));
  const tools = h('div', { class: 'row' });
  const whole = h('section', { class: `panel ${chart.wide ? 'whole' : ''}` }, h('header', {}, h('h2', { class: 'row' }, chart.mark, chart.title), tools), body);
  if (isEmpty) {
    replace(place, h('div', { class: 'empty', style: { paddingTop: '72px' } }, h('strong', {}, 'Nothing in this range'), chart.none ?? 'No requests were answered.'));
    return whole;
  }
  const redraw = draw(place, chart, signal, 200);
  append(tools, [
    chart.canSum && segments(`${chart.title}: how`, [['period', 'Period'], ['sum', 'Cumulative']], 'period', (how) => {
      chart.isCumulative = how === 'sum';
      redraw();
    }, 'tiny'),
    iconButton('expand', `Expand: ${chart.title}`, () => expand(chart, signal), { class: 'quiet tiny' }),
  ]);
  return whole;
}
