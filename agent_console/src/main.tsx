import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { startTexts } from "./i18n";
import { startTheme } from "./shared/preferences";
import "./style.css";

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
