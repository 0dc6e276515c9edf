public import Identity

/// Names one run of a flow.
public typealias FlowID = Identifier<FlowTag>

/// What a ``FlowID`` identifies. Has no values.
public enum FlowTag {}
