import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** Drawn instead of the children after they failed. */
  fallback: ReactNode;
  /** What the children are about: with another one they are tried again. */
  about?: unknown;
  children: ReactNode;
}

/** Keeps a fault in one part of the page from taking the rest away. */
export class ErrorBoundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }
  override componentDidUpdate(before: BoundaryProps) {
    if (this.state.hasFailed && before.about !== this.props.about) this.setState({ hasFailed: false });
  }
  override render() {
    return this.state.hasFailed ? this.props.fallback : this.props.children;
  }
}
