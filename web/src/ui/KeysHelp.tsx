// All keys, in the right column's place order.
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { keysOpen } from "../state/app";
import { Key } from "./Key";

export function KeysHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const rows: [string[], string][] = [
    [["/"], t("key_find")], [["N"], t("key_nearest")], [["1", "–", "9"], t("key_pick")], [["J", "K"], t("key_next")],
    [["A"], t("key_alarm")], [["O"], t("filter_org")], [["L"], t("key_layers")], [["V"], t("coverage")], [["X"], t("key_close_road")], [["C"], t("key_cordon")], [["G"], t("close_gates")], [["D"], t("drills")], [["M"], t("key_list")], [["0"], t("key_whole")], [["E"], t("key_measure")], [["⌫"], t("measure_back")], [["B"], t("trail_keep")], [["I"], t("save_picture")], [["P"], t("print")], [["Y"], t("copy_link")], [["H"], t("room")], [["F"], t("full_screen")], [["R"], t("key_reconnect")], [["Esc"], t("key_back")],
  ];
  return (
    <dialog ref={dialog} class="keys-help" aria-label={t("keys_title")} onClose={() => (keysOpen.value = false)}>
      <div class="head"><h2 class="title">{t("keys_title")}</h2><button class="plain" onClick={() => (keysOpen.value = false)}>{t("close")} <Key>Esc</Key></button></div>
      <ul>{rows.map(([keys, text]) => <li key={text}><span>{keys.map((k) => (k === "–" ? " – " : <Key key={k}>{k}</Key>))}</span>{text}</li>)}</ul>
    </dialog>
  );
}
