// Before anything is drawn: the theme, so that a chosen one never flashes in from the
// other, and what the dashboard alone needs, which is on its way at once then.
try {
  const theme = localStorage.getItem('ccproxy-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's theme it is.
}

if (/^\/ui\/?$/.test(location.pathname)) {
  for (const path of ['page-dashboard.js', 'charts.js', 'usage.js', '../vendor/uPlot.min.js']) {
    const href = new URL(path, document.currentScript.src);
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }));
  }
}
