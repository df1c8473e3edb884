package dev.riser.proxy.telemetry;

/** What makes two exchanges belong to one edge of the graph. */
record EdgeKey(
        Direction direction,
        PeerDescriptor source,
        PeerDescriptor destination,
        DestinationService service,
        EdgeProtocol protocol,
        boolean mutualTls,
        String routeName,
        String routeOrigin) {

    private static final PeerDescriptor OVERFLOW_PEER =
            new PeerDescriptor("overflow", "overflow", "overflow", "overflow", "overflow", "overflow", "overflow");

    static EdgeKey overflow(Direction direction, EdgeProtocol protocol) {
        return new EdgeKey(
                direction,
                OVERFLOW_PEER,
                OVERFLOW_PEER,
                new DestinationService("overflow", "overflow", "overflow"),
                protocol,
                false,
                "",
                "");
    }

    static int hash(
            Direction direction,
            PeerDescriptor source,
            PeerDescriptor destination,
            DestinationService service,
            EdgeProtocol protocol,
            String routeName) {
        int hash = source.hashCode();
        hash = hash * 31 + destination.hashCode();
        hash = hash * 31 + service.hashCode();
        hash = hash * 31 + routeName.hashCode();
        hash = hash * 31 + direction.ordinal() * 4 + protocol.ordinal();
        return hash ^ (hash >>> 15);
    }

    boolean matches(
            Direction otherDirection,
            PeerDescriptor otherSource,
            PeerDescriptor otherDestination,
            DestinationService otherService,
            EdgeProtocol otherProtocol,
            boolean otherMutualTls,
            String otherRouteName,
            String otherRouteOrigin) {
        return direction == otherDirection
                && protocol == otherProtocol
                && mutualTls == otherMutualTls
                && source.equals(otherSource)
                && destination.equals(otherDestination)
                && service.equals(otherService)
                && routeName.equals(otherRouteName)
                && routeOrigin.equals(otherRouteOrigin);
    }

    int tableHash() {
        return hash(direction, source, destination, service, protocol, routeName);
    }

    /** Name and origin as golden signals carry them. */
    String route() {
        if (routeOrigin.isEmpty()) {
            return routeName;
        }
        return routeName.isEmpty() ? routeOrigin : routeName + " " + routeOrigin;
    }
}
