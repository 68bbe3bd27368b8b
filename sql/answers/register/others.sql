-- Papers in the register of protocols that are not of this flow, or no protocol: counted apart, never used.
select count(*) as papers from protocol_state where not (is_this_flow and is_protocol)
