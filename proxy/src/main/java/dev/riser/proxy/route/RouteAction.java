package dev.riser.proxy.route;

/** What a route does with a request. */
public sealed interface RouteAction permits ForwardAction, RedirectAction, DirectResponse {}
