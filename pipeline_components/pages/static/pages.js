"use strict";
// Inside Airflow, its theme is in localStorage; alone, there is none and the system's counts.
const follow = () => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // a browser that keeps nothing
  }
  document.documentElement.dataset.theme = theme === "light" || theme === "dark" ? theme : "system";
};
follow();
addEventListener("storage", follow);
