package dev.riser.control.signals;

/** The service of an edge, as users name it. */
final class ServiceNames {
    private static final String SERVICE_INFIX = ".svc.";

    /** The name before {@code .namespace.svc.…}; another host, such as that of a ServiceEntry, stays whole. */
    static String shortName(EdgeKey edge) {
        String host = edge.service();
        int infix = host.indexOf(SERVICE_INFIX);
        int dot = host.indexOf('.');
        return infix > 0 && dot > 0 && dot < infix ? host.substring(0, dot) : host;
    }

    static String namespace(EdgeKey edge) {
        if (!edge.serviceNamespace().isEmpty()) {
            return edge.serviceNamespace();
        }
        String host = edge.service();
        int infix = host.indexOf(SERVICE_INFIX);
        int dot = host.indexOf('.');
        return infix > 0 && dot > 0 && dot < infix ? host.substring(dot + 1, infix) : "";
    }

    static boolean known(EdgeKey edge) {
        return !edge.service().isEmpty() && !edge.service().equals("unknown");
    }

    static boolean matches(EdgeKey edge, String name) {
        return known(edge) && (edge.service().equals(name) || shortName(edge).equals(name));
    }

    private ServiceNames() {}
}
