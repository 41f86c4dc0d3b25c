"use strict";
// Inside Airflow, its theme is in localStorage; alone, there is none and the system's counts. What is embedded is told of
// it in its address, which it is given here: of two addresses, one right after the other, a browser may show the first.
const follow = () => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // a browser that keeps nothing
  }
  const root = document.documentElement;
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : "system";
  for (const frame of document.querySelectorAll("iframe.report")) {
    const page = new URL(frame.dataset.page, location.href);
    if (root.dataset.theme !== "system") page.searchParams.set("theme", theme);
    if (page.href !== frame.src) frame.src = page.href;
  }
};
follow();
addEventListener("DOMContentLoaded", follow);
addEventListener("storage", follow);
