// [data-opens="id"] opens the dialog with that id; a press outside closes it.

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target instanceof HTMLDialogElement) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
    return;
  }
  const opener = event.target.closest("[data-opens]");
  if (!(opener instanceof HTMLElement)) return;
  const dialog = document.getElementById(opener.dataset.opens ?? "");
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
});
