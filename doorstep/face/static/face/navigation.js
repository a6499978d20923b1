// On a phone the navigation moves sideways: the place where one is stands in sight from the start,
// and after the phone was turned.

const here = document.querySelector(".nav [aria-current]");
const bar = here?.parentElement;
if (here && bar) {
  new ResizeObserver(() => {
    if (bar.scrollWidth <= bar.clientWidth) return;
    const [place, room] = [here.getBoundingClientRect(), bar.getBoundingClientRect()];
    bar.scrollLeft += place.left + place.width / 2 - room.left - room.width / 2;
  }).observe(bar);
}
