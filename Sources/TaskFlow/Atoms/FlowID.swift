public import Identity

/// The identifier of one run of a flow.
public typealias FlowID = Identifier<FlowTag>

/// The tag that makes ``FlowID`` a type of its own. It has no values.
public enum FlowTag {}
