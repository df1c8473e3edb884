package dev.riser.model;

/**
 * One target of a route.
 *
 * @param weight its share of the sum over all targets of the route; the sum is never 0
 * @param headers changes for requests to this target only; {@link HeaderChanges#NONE} outside of HTTP
 */
public record WeightedDestination(Destination destination, int weight, HeaderChanges headers) {}
