"""The record of processing activities (art. 30 GDPR), and the list of protocols."""
