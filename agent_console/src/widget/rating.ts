/** How satisfied the visitor is, once the call is over: five stars and a word. */
import { h, icon } from "./dom";
import type { WidgetWords } from "./words";

const SCORES = [1, 2, 3, 4, 5] as const;
const LOW = 2;

/** `send` rejects when it could not be taken; `trouble` then says why. */
export function ratingForm(w: WidgetWords, send: (score: number, comment: string) => Promise<unknown>, trouble: (problem: unknown) => HTMLElement, done: (low: boolean) => void): HTMLElement {
  const word = h("p", { class: "hint", "aria-hidden": "true" });
  const comment = h("textarea", { name: "comment", rows: "2", maxlength: "1000", "aria-label": w.comment, placeholder: w.comment });
  const alert = h("div", { "aria-live": "assertive" });
  const button = h("button", { type: "submit", class: "go" }, w.rateSend);
  const more = h("div", { class: "form", hidden: true }, comment, button);
  const stars = SCORES.map((score) => {
    const says = w.scores[score - 1] ?? "";
    const choose = (): void => {
      word.textContent = says;
      more.hidden = false;
      alert.replaceChildren();
    };
    return h("label", {}, h("input", { type: "radio", name: "score", value: String(score), "aria-label": w.score(score, says), change: choose }), icon("star"));
  });
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const score = Number(new FormData(form).get("score") ?? 0);
    if (score === 0) {
      alert.replaceChildren(h("p", { class: "bad", role: "alert" }, w.needScore));
      return;
    }
    button.disabled = true;
    try {
      await send(score, comment.value);
      done(score <= LOW);
    } catch (problem) {
      button.disabled = false;
      alert.replaceChildren(trouble(problem));
    }
  };
  return h("form", { class: "form rate", novalidate: true, submit: (event) => { event.preventDefault(); void submit(event.currentTarget as HTMLFormElement); } },
    h("fieldset", {}, h("legend", {}, w.rate), h("div", { class: "stars" }, ...stars)), word, more, alert);
}

/** Instead of the form, after it was sent. */
export const ratedNote = (w: WidgetWords, low: boolean): HTMLElement => h("p", { class: "rated", role: "status" }, icon("done"), h("span", {}, low ? w.sorry : w.rated));
