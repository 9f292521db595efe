// Before the first paint, so that a chosen theme never flashes in from the other one.
try {
  const theme = localStorage.getItem('ccproxy-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's theme it is.
}
