import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** Drawn instead of the children after they failed. */
  fallback: ReactNode;
  children: ReactNode;
}

/** Keeps a fault in one part of the page from taking the rest away. */
export class ErrorBoundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }
  override render() {
    return this.state.hasFailed ? this.props.fallback : this.props.children;
  }
}
