package dev.riser.control.serve;

import java.security.cert.X509Certificate;

/** What happens on the gRPC server beside discovery. Called on any thread; must not block. */
public interface ServeObserver {
    /** Sees nothing. */
    ServeObserver NONE = new ServeObserver() {};

    /** A call was refused because its caller had not shown who it is. */
    default void onUnauthenticated(String address, String reason) {}

    /** A node was admitted to a caller; the instance is empty where the node names none. */
    default void onNodeAdmitted(Caller caller, String instance) {}

    /** A node was refused to a caller. */
    default void onNodeRefused(Caller caller, String node, String reason) {}

    /** A certificate was issued. */
    default void onIssued(Caller caller, X509Certificate certificate) {}

    /** A certificate was refused. */
    default void onIssueRefused(Caller caller, String reason) {}

    /** Golden signals were dropped because the caller may not speak for that node. */
    default void onReportRefused(Caller caller, String node) {}
}
