import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";
import { queries } from "./api/queries";
import { useLang } from "./i18n";
import { Boundary } from "./shared/boundary";
import { usePreferences } from "./shared/preferences";
import { Loading, NotFound } from "./shared/ui";
import { antTheme } from "./theme";

const SignIn = lazy(() => import("./signin/sign-in"));
const Workplace = lazy(() => import("./shell/workplace"));
const Desk = lazy(() => import("./desk/desk"));
const Conversations = lazy(() => import("./conversations/conversations"));
const Cases = lazy(() => import("./cases/cases"));
const Callbacks = lazy(() => import("./callbacks/callbacks"));
const Flows = lazy(() => import("./flows/flows"));
const FlowEditor = lazy(() => import("./flows/editor"));
const Caller = lazy(() => import("./caller/caller"));
const Prompts = lazy(() => import("./prompts/prompts"));

export function App() {
  const lang = useLang();
  const { t } = useTranslation();
  const dark = usePreferences((preferences) => preferences.dark);
  useEffect(() => {
    document.title = t("app");
  }, [t]);
  return (
    <ConfigProvider theme={antTheme(dark)} locale={lang === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <AntApp message={{ maxCount: 2, duration: 5 }} component={false}>
        <QueryClientProvider client={queries}>
          <Boundary>
            <BrowserRouter>
              <Suspense fallback={<Loading page />}>
                <Routes>
                  <Route path="/sign-in" element={<SignIn />} />
                  <Route path="/caller" element={<Caller />} />
                  <Route element={<Workplace />}>
                    <Route path="/desk" element={<Desk />} />
                    <Route path="/conversations" element={<Conversations />} />
                    <Route path="/conversations/:id" element={<Conversations />} />
                    <Route path="/cases" element={<Cases />} />
                    <Route path="/cases/:id" element={<Cases />} />
                    <Route path="/prompts" element={<Prompts />} />
                    <Route path="/callbacks" element={<Callbacks />} />
                    <Route path="/flows" element={<Flows />} />
                    <Route path="/flows/:id" element={<FlowEditor />} />
                  </Route>
                  <Route path="/" element={<Navigate to="/desk" replace />} />
                  <Route path="*" element={<NotFound />} />
                </Routes>
              </Suspense>
            </BrowserRouter>
          </Boundary>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
