// Runs before the page is drawn, so that a chosen theme never flashes. Not for
// anything else: it blocks.
try {
    const theme = localStorage.getItem('lienxa.theme');

    if (theme === 'light' || theme === 'dark')
        document.documentElement.dataset['theme'] = theme;
} catch {
    // No storage: the system's theme.
}
