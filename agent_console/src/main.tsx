import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { startTexts } from "./i18n";
import { startTheme } from "./shared/preferences";
import "./style.css";
import "./caller/caller.css";
import "./desk/visit.css";

// A new version was installed under an open page: its old parts are gone. Reloading is safe, also in a call (it rejoins).
window.addEventListener("vite:preloadError", (event) => {
  const last = Number(sessionStorage.getItem("cti.reloaded") ?? 0);
  if (Date.now() - last < 10_000) return;
  sessionStorage.setItem("cti.reloaded", String(Date.now()));
  event.preventDefault();
  location.reload();
});

startTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
void startTexts().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
