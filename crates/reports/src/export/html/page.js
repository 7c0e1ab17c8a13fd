(() => {
  const cases = [...document.querySelectorAll('details')];
  const switches = [...document.querySelectorAll('input[type=checkbox]')];
  const search = document.getElementById('search');
  const words = cases.map((one) => one.querySelector('summary').textContent.toLowerCase());
  const show = () => {
    const wanted = new Set(switches.filter((one) => one.checked).map((one) => one.value));
    const parts = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cases.forEach((one, at) => {
      one.hidden = !wanted.has(one.className) || !parts.every((part) => words[at].includes(part));
      shown += one.hidden ? 0 : 1;
    });
    document.getElementById('nothing').hidden = shown > 0;
  };
  document.querySelector('form').addEventListener('input', show);
  document.querySelector('form').addEventListener('submit', (event) => event.preventDefault());
})();
