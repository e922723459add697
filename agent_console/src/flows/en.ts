import type { FlowTexts } from "./texts";

export const en: FlowTexts = {
  title: "Flows", lead: "All a caller hears before a person answers. Changes do not touch calls in progress.", add: "New flow", empty: "There are no flows yet.", error: "The flows could not be loaded.", denied: "You may not look at flows",
  deniedText: "Ask an administrator.", flow: "Flow", numbers: "Numbers", none: "part of others", inForce: "In force", draft: "Draft", changed: "Last change", notYet: "Not published yet", version: "Version {{n}}", offered: "Release offers {{n}}",
  by: "{{who}} · {{when}}", unusable: "not usable", newId: "Id", newIdHint: "Letters, digits, - and _, such as 95599", newTitle: "Title", newNumber: "Number", create: "Create", taken: "There is such a flow already.", badId: "Only letters, digits, - and _.",
  back: "All flows", undo: "Undo", redo: "Redo", addStep: "Add step", save: "Save draft", saved: "Saved as version {{n}}, not in force yet", publish: "Publish…", unsaved: "Unsaved", readOnly: "Read only: publishing takes an administrator",
  canvas: "Canvas", steps: "Steps", edit: "Edit", view: "View", restored: "Your unsaved changes of {{when}} are back.", discard: "Discard", restoredOld: "Your unsaved changes of {{when}} are back; meanwhile {{who}} saved version {{n}}.",
  yamlBroken: "Line {{line}} is no valid YAML: {{message}}. The canvas shows how it was before.", goLine: "Correct it", fit: "Show all", zoomIn: "Zoom in", zoomOut: "Zoom out",
  start: "Call", startsHere: "Callers begin here", fallbackHere: "Fallback", leadsBack: "Back to", noStep: "no such step", handle: "Connection point", problems_one: "{{count}} problem", problems_other: "{{count}} problems", way: "From {{from}}, {{by}}, to {{to}}",
  tab: { step: "Step", flow: "Flow", try: "Try", problems: "Problems", yaml: "YAML", versions: "Versions" },
  form: {
    none: "The whole flow", pick: "Click a step to change it.", name: "Name of the step", badName: "Begin with a lower-case letter; use lower-case letters, digits and _.", taken: "There is such a step already.", remove: "Delete step", removeTitle: "Delete {{name}}?",
    removeNone: "No way leads here.", leadHere: "{{count}} ways lead here. Lead them to:", removeOk: "Delete", addOne: "Add", takeOut: "Remove", go: "Go to this step", addPrompt: "Add a prompt", addValue: "Add a value to say",
    key: "Key", pressed: "Key {{key}}", fallbackKept: "The fallback cannot be deleted; choose another one first.", up: "Move up", from: "Comes from", expression: "Expression", optional: "optional", broken: "Correct the YAML first, then use the form.",
  },
  problem: { none: "No problems; it can be published.", checking: "Checking…", flow: "The whole flow", error: "Error", warning: "Warning", failed: "Could not be checked: {{why}}" },
  tryOut: {
    lead: "Walk through it by keypad, without a call. Nothing here reaches a caller.", again: "Start over", back: "One step back", keypad: "Keypad", silence: "No key", hangUp: "Hang up", done: "That is all", pressed: "Keys {{keys}}", nothing: "No key", left: "The caller hung up",
    waitKeys: "Waiting for a key ({{seconds}} s)", waitNumber: "Waiting for up to {{most}} digits", endKey: "{{end}} ends it", waitAsk: "{{target}} is asked. What does it answer?", waitScript: "What does script {{target}} return?", answer: "Answer this", fail: "No answer", why: "Why", field: "Field", addField: "Add a field",
    queue: "Waits in queue", message: "Leaves a message", hang_up: "Hung up on", over: "The end", caller: "The caller", known: "Called before", grade: "Grade", language: "Language", phone: "Number", at: "Time of the call", shown: "The agent sees", variables: "Variables", cannot: "The flow cannot be run yet; correct the problems first.", asked: "Asks", script: "Script", failed: "It could not be tried: {{why}}",
    transfer: "Transfers to", callback: "Will be called back:", dictate: "Dictates", waitTransfer: "{{target}} is rung. What happens?", waitDictate: "The caller is to speak",
    did_answered: "Answers and talks", did_speak: "Speaks", did_fail: "It fails", did_no_answer: "No answer", did_busy: "Busy", did_refused: "Refuses", did_not_allowed: "May not be dialled",
    valueHint: "true and false are yes and no, all else is text",
  },
  yaml: { label: "The flow as YAML", hint: "The same content as the canvas; comments are kept.", copy: "Copy", download: "Download", readOnly: "Read only" },
  versions: {
    compare: "Compare", withForce: "Compare with what is in force", withMine: "Compare with mine", restore: "Restore", restoreTitle: "Restore version {{n}}?", restoreText: "It becomes the latest version and is in force at once; calls from then on use it. Unsaved changes are dropped.", restoreOk: "Restore and publish", note: "Note", noNote: "No note",
    shipped: "Came with a release", restoredFrom: "Version {{n}} again", from: "Version {{n}}", mine: "Unsaved changes", same: "No difference.", layoutOnly: "Only comments or layout changed.", text: "Line by line", words: "What changed",
  },
  publishing: {
    title: "Publish {{id}}", lead: "New calls get it at once; calls in progress finish on the version they began with.", note: "What changed, and why", noteHint: "For whoever reads it later, such as “key 3 leads to fault reports”", ok: "Publish", problems: "It cannot be published yet:", done: "Version {{n}} is published; calls from now on use it", nothing: "No difference from what is in force.", changes: "Compared with what is in force",
  },
  conflict: {
    title: "{{who}} saved first", text: "While you were editing, {{who}} saved version {{n}} at {{when}}{{note}}. Your changes are not saved, and not lost.", look: "Look at theirs", take: "Drop mine, open version {{n}}", copy: "Keep mine as a copy", copied: "Kept as {{id}} (a draft)", stay: "Go on editing", note: " ({{note}})",
  },
  keys: "Tab to a step · Enter opens it · Ctrl/⌘ Z undo · Ctrl/⌘ S save",
};
